{:title "Tetris" :about "Falling pieces with preview, hold and ghost" :group "Everyday" :icon :blocks :color 0xC79BFF}
