{:title "Counter" :about "A number and two buttons: the smallest app there is" :group "7GUIs" :icon :plus :color 0x6EA8FF}
