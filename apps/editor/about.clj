{:title "Editor" :about "The source of any app, changed while the app runs" :group "Tools" :icon :code :color 0x7EE0B0 :grants [:code]}
