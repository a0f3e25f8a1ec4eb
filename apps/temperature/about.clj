{:title "Temperature" :about "Celsius and Fahrenheit, each the other's converter" :group "7GUIs" :icon "\u00b0" :color 0xFF8FB8}
