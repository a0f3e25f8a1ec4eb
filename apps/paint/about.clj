{:title "Paint" :about "Brush, lines, shapes and fill; a drawing is a value, so every step can be undone" :group "Everyday" :icon :brush :color 0xFF8FB8}
