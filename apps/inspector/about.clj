{:title "Inspector" :about "Any value, unfolded part by part; atoms are watched" :group "Tools" :icon :inspect :color 0xC79BFF :grants [:desktop]}
