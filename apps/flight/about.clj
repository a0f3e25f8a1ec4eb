{:title "Flight Booker" :about "Dates that must be right before anything can be booked" :group "7GUIs" :icon :plane :color 0x7EE0B0}
