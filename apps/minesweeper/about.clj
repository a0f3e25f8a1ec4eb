{:title "Minesweeper" :about "Open what is safe, flag what is not; the first click is always safe" :group "Everyday" :icon :mine :color 0xE5484D}
