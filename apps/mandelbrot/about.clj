{:title "Mandelbrot" :about "Tiles computed by processes, as deep as doubles go" :group "Demos" :icon :spiral :color 0x6EA8FF :grants [:painters]}
