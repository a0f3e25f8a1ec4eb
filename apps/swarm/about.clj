{:title "Swarm" :about "Hundreds of processes that commit to one atom" :group "Demos" :icon :swarm :color 0xFFD479 :grants [:painters]}
