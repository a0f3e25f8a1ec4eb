{:title "CRUD" :about "People in a list: filter, create, update, delete" :group "7GUIs" :icon :people :color 0x6EA8FF}
