{:title "Files" :about "What apps keep, and the sources of the system: open, rename, delete, undo" :group "Everyday" :icon :folder :color 0xB8BEC9}
