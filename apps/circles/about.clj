{:title "Circle Drawer" :about "Click for circles; undo is history itself" :group "7GUIs" :icon "o" :color 0xC79BFF}
