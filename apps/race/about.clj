{:title "Race" :about "Writers against one atom: commits, retries, fairness" :group "Demos" :icon :flag :color 0xFF8FB8 :grants [:painters]}
