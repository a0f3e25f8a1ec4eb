{:title "Monitor" :about "Cores, processes, the heap and the screen, live" :group "Tools" :icon :activity :color 0x6EA8FF :grants [:processes :desktop]}
