{:title "REPL" :about "Evaluates in the running system" :group "Tools" :icon :terminal :color 0x7EE0B0 :privileged? true}
