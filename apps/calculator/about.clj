{:title "Calculator" :about "Exact arithmetic with precedence, percent and a memory of what was calculated" :group "Everyday" :icon :calculator :color 0xFFD479}
