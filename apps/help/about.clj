{:title "Help" :about "Every function, node, style and key: search and read" :group "Learn" :icon "?" :color 0x8FD3FF}
