{:title "Notes" :about "Notes with search, titled by their first lines, kept among the files" :group "Everyday" :icon :note :color 0xF2C94C}
