{:title "Settings" :about "Theme, colours, wallpaper and clock" :group "Tools" :icon :sliders :color 0xC79BFF :grants [:settings]}
