{:title "Life" :about "A large board of immutable blocks, stepped by processes" :group "Demos" :icon :life :color 0x7EE0B0 :grants [:painters]}
