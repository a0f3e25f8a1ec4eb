{:title "Tutorial" :about "The first ten minutes: from nothing to an app of your own" :group "Learn" :icon :book :color 0x8FD3FF :grants [:code]}
