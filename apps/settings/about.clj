{:title "Settings" :about "Theme, colours, wallpaper and clock" :group "Tools" :icon "*" :color 0xC79BFF :grants [:settings]}
