{:title "CRUD" :about "People in a list: filter, create, update, delete" :group "7GUIs" :icon "=" :color 0x6EA8FF}
