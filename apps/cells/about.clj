{:title "Cells" :about "A spreadsheet that computes only what changed" :group "7GUIs" :icon :table :color 0x7EE0B0}
