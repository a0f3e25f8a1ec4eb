;; Pages of the manual: Markdown as a list of parts, and how a part looks. What the pages use is known: headings, paragraphs,
;; blocks of code, lists and tables.

(defn- plain
  "Running text without the marks of links."
  [text]
  (clojure.string/replace text #"\[([^\]]*)\]\([^)]*\)" "$1"))

(defn- rich
  "Running text with its code and its bold words."
  [styles text]
  [:rich-text styles
   (map-indexed (fn [i part]
                  (if (odd? i)
                    [:text {:font :mono :fill :field} part]
                    (map-indexed (fn [j part] (if (odd? j) [:text {:bold true} part] part)) (clojure.string/split part #"\*\*"))))
                (clojure.string/split text #"`"))])

(defn- cells [line]
  (mapv clojure.string/trim (butlast (rest (clojure.string/split (str line " ") #"\|")))))

(defn- line-kind [line]
  (cond
    (= "" (clojure.string/trim line)) :blank
    (clojure.string/starts-with? line "```") :fence
    (clojure.string/starts-with? line "#") :heading
    (clojure.string/starts-with? line "![") :picture
    (clojure.string/starts-with? line "|--") :rule
    (clojure.string/starts-with? line "|") :row
    (clojure.string/starts-with? line "- ") :item
    (clojure.string/starts-with? line "    ") :code
    :else :text))

(defn manual-parts
  "The parts of a page as [kind value]: [:heading [level text]], [:text text], [:item text], [:row [cell ...]], [:code text]."
  [page]
  (loop [lines (clojure.string/split-lines page) parts [] open nil]
    (if (empty? lines)
      parts
      (let [[line & more] lines [last-kind last-value] (peek parts)]
        (case (line-kind line)
          :blank (recur more parts nil)
          ;; Inside the system the example itself is drawn.
          (:rule :picture) (recur more parts nil)
          :fence (let [[code rest] (split-with (fn [line] (not= :fence (line-kind line))) more)]
                   (recur (next rest) (conj parts [:code (clojure.string/join "\n" code)]) nil))
          :heading (recur more (conj parts [:heading [(count (re-find #"^#+" line)) (plain (clojure.string/replace line #"^#+ *" ""))]]) nil)
          :row (recur more (conj parts [:row (mapv plain (cells line))]) nil)
          :item (recur more (conj parts [:item (plain (subs line 2))]) :item)
          ;; What is indented goes on with a list, or is code.
          :code (if (or (= :item open) (= :text open))
                  (recur more (conj (pop parts) [last-kind (str last-value " " (plain (clojure.string/trim line)))]) open)
                  (let [[code rest] (split-with (fn [line] (contains? #{:code :blank} (line-kind line))) lines)]
                    (recur rest (conj parts [:code (clojure.string/trimr (clojure.string/join "\n" (map (fn [line] (subs line (min 4 (count line)))) code)))]) nil)))
          :text (if open
                  (recur more (conj (pop parts) [last-kind (str last-value " " (plain (clojure.string/trim line)))]) open)
                  (recur more (conj parts [:text (plain line)]) :text)))))))

(defn manual-part
  "How a part of a page looks."
  [[kind value]]
  (case kind
    :heading [:text {:bold true :wrap true :font-size (if (= 1 (first value)) 24 20)} (second value)]
    :text (rich {} value)
    :item [:row {:gap 8 :align :start} [:text {:color :accent} "\u2022"] (rich {:grow 1 :shrink 1} value)]
    :row [:row {:gap 12 :align :start}
          (rich {:width "36%" :min-width 130 :bold true :shrink 0} (first value))
          (map (fn [cell] (rich {:grow 1 :shrink 1 :width 100} cell)) (rest value))]
    :code [:column {:pad 10 :radius 8 :fill :field} [:text {:font :mono :wrap true} value]]))
