{:title "Snake" :about "Eat, grow, do not bite yourself; with walls or around the edge" :group "Everyday" :icon :snake :color 0x7EE0B0}
