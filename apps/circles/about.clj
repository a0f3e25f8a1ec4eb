{:title "Circle Drawer" :about "Click for circles; undo is history itself" :group "7GUIs" :icon :circles :color 0xC79BFF}
