{:title "Help" :about "Every function, node, style and key: search and read" :group "Learn" :icon :question :color 0x8FD3FF}
