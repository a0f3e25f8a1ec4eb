{:title "Timer" :about "Elapsed time against a duration that can be changed meanwhile" :group "7GUIs" :icon :hourglass :color 0xFFD479}
