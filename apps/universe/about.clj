{:title "Universe" :about "A running world is forked, and both go on side by side" :group "Demos" :icon :orbit :color 0xFFD479 :grants [:painters]}
