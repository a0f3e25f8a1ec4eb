{:title "Clock" :about "The time with hands and digits, a stopwatch with laps, a timer" :group "Everyday" :icon :clock :color 0x6EA8FF}
