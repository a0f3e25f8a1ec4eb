{:title "Temperature" :about "Celsius and Fahrenheit, each the other's converter" :group "7GUIs" :icon :thermometer :color 0xFF8FB8}
