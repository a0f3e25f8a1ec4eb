;; Days and months: the Gregorian calendar, counted in days since 1 January 1970.
;;
;; Both conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): years begin in March.

(def ^:open month-names
  ["January" "February" "March" "April" "May" "June" "July" "August" "September" "October" "November" "December"])

(defn ^:open days->date
  "Returns [year month day] of a number of days since 1 January 1970; months and days count from 1."
  [days]
  (let [z (+ days 719468)
        era (quot (if (neg? z) (- z 146096) z) 146097)
        day-of-era (- z (* era 146097))
        year-of-era (quot (- day-of-era (quot day-of-era 1460) (- (quot day-of-era 36524)) (quot day-of-era 146096)) 365)
        day-of-year (- day-of-era (- (+ (* 365 year-of-era) (quot year-of-era 4)) (quot year-of-era 100)))
        m (quot (+ (* 5 day-of-year) 2) 153)
        month (if (< m 10) (+ m 3) (- m 9))]
    [(+ year-of-era (* era 400) (if (<= month 2) 1 0))
     month
     (inc (- day-of-year (quot (+ (* 153 m) 2) 5)))]))

(defn date->days
  "Returns the days from 1 January 1970 to a date; months and days count from 1."
  [year month day]
  (let [year (if (<= month 2) (dec year) year)
        era (quot (if (neg? year) (- year 399) year) 400)
        year-of-era (- year (* era 400))
        day-of-year (dec (+ (quot (+ (* 153 (if (> month 2) (- month 3) (+ month 9))) 2) 5) day))
        day-of-era (- (+ (* year-of-era 365) (quot year-of-era 4) day-of-year) (quot year-of-era 100))]
    (- (+ (* era 146097) day-of-era) 719468)))

(defn ^:open weekday
  "Returns the day of the week of a number of days since 1 January 1970: 0 is Monday."
  [days]
  (mod (+ days 3) 7))

(defn month-after
  "Returns [year month] some months after another."
  [[year month] n]
  (let [months (+ (* 12 year) (dec month) n)]
    [(quot months 12) (inc (mod months 12))]))

(defn month-weeks
  "Returns the weeks of a month, each seven days of the month, nil where another month has the day."
  [[year month]]
  (let [first-day (date->days year month 1)
        [next-year next-month] (month-after [year month] 1)
        length (- (date->days next-year next-month 1) first-day)
        days (concat (repeat (weekday first-day) nil) (range 1 (inc length)))]
    (mapv (fn [week] (vec (take 7 (concat week (repeat nil))))) (partition-all 7 days))))

(defn- two-digits [n] (if (< n 10) (str "0" n) (str n)))

(defn time-text
  "Returns the hour and minute of seconds since 1970, as 09:05."
  [seconds]
  (let [minutes (quot seconds 60)]
    (str (two-digits (mod (quot minutes 60) 24)) ":" (two-digits (mod minutes 60)))))
