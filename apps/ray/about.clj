{:title "Ray tracer" :about "Spheres and mirrors, tile by tile as workers finish" :group "Demos" :icon :sphere :color 0xC79BFF :grants [:painters]}
