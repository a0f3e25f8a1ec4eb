{:title "Mandelbrot" :about "Tiles computed by processes, as deep as doubles go" :group "Demos" :icon "M" :color 0x6EA8FF :grants [:painters]}
