//! Arabic, Hebrew, Japanese, Chinese, Korean, Turkish, Greek, Finnish, Hungarian, Indonesian, Vietnamese and Hindi.

use super::Language;

pub(super) const LANGUAGES: [Language; 12] = [
    Language {
        code: "ar",
        months: "يناير, جانفي, كانون الثاني | فبراير, فيفري, شباط | مارس, آذار | أبريل, إبريل, أفريل, نيسان \
            | مايو, ماي, أيار | يونيو, يونية, جوان, حزيران | يوليو, يوليوز, يولية, جويلية, تموز \
            | أغسطس, غشت, أوت, آب | سبتمبر, شتنبر, أيلول | أكتوبر, تشرين الأول | نوفمبر, نونبر, تشرين الثاني \
            | ديسمبر, دجنبر, كانون الأول",
        weekdays: "الاثنين, الإثنين, الثلاثاء, الأربعاء, الخميس, الجمعة, السبت, الأحد",
        days: "أول أمس, أمس الأول, قبل أمس | أمس, يوم أمس, البارحة | اليوم | غدا, يوم غد | بعد غد",
        now: "للتو",
        units: "ثانية, ثوان, ثواني | دقيقة, دقائق, دقيقه | ساعة, ساعات, ساعه | يوم, أيام, يوما | أسبوع, أسابيع, أسبوعا \
            | شهر, أشهر, شهور, شهرا | سنة, سنوات, سنه, عام, أعوام, عاما | عقد, عقود",
        one: "ثانية | دقيقة, دقيقه | ساعة, ساعه | يوم | أسبوع | شهر | سنة, سنه, عام | عقد",
        two: "ثانيتين, ثانيتان | دقيقتين, دقيقتان | ساعتين, ساعتان | يومين, يومان | أسبوعين, أسبوعان | شهرين, شهران \
            | سنتين, سنتان, عامين, عامان | عقدين, عقدان",
        numbers: "واحد, واحدة | اثنان, اثنين | ثلاث, ثلاثة | أربع, أربعة | خمس, خمسة | ست, ستة | سبع, سبعة \
            | ثمان, ثماني, ثمانية | تسع, تسعة | عشر, عشرة",
        few: "بضع, عدة",
        past: "منذ, قبل, مضت, مضى",
        future: "بعد, خلال, في غضون",
        around: "حوالي, تقريبا, نحو, أقل من, و, في, الساعة, من",
        morning: "ص, صباحا",
        evening: "م, مساء",
        ..Language::SILENT
    },
    Language {
        code: "he",
        months: "ינואר, בינואר, ינו | פברואר, בפברואר, פבר | מרץ, במרץ, מרס, במרס | אפריל, באפריל, אפר | מאי, במאי \
            | יוני, ביוני | יולי, ביולי | אוגוסט, באוגוסט, אוג | ספטמבר, בספטמבר, ספט | אוקטובר, באוקטובר, אוק \
            | נובמבר, בנובמבר, נוב | דצמבר, בדצמבר, דצמ",
        weekdays: "יום ראשון, יום שני, יום שלישי, יום רביעי, יום חמישי, יום שישי, שבת",
        days: "שלשום | אתמול | היום | מחר | מחרתיים",
        now: "הרגע",
        units: "שנייה, שניה, שניות | דקה, דקות | שעה, שעות | יום, ימים | שבוע, שבועות | חודש, חודשים | שנה, שנים | עשור, עשורים",
        one: "שנייה, שניה | דקה | שעה | יום | שבוע | חודש | שנה | עשור",
        two: "שתי שניות | שתי דקות | שעתיים | יומיים | שבועיים | חודשיים | שנתיים",
        numbers: "אחד, אחת | שני, שתי | שלוש, שלושה | ארבע, ארבעה | חמש, חמישה",
        few: "כמה, מספר",
        past: "לפני",
        future: "בעוד, תוך",
        around: "כ, בערך, כמעט, ו, בשעה",
        ..Language::SILENT
    },
    Language {
        code: "ja",
        days: "一昨日, おととい | 昨日, きのう | 今日, 本日, きょう | 明日, あした | 明後日, あさって",
        now: "たった今",
        units: "秒間 | 分間 | 時間 | 日間 | 週間, 週 | か月, ヶ月, カ月, ヵ月, ケ月, 箇月, ヶ月間, か月間, カ月間 | 年間",
        marks: "秒 | 分 | 時 | 日 | | 月 | 年",
        weekdays: "月曜日, 火曜日, 水曜日, 木曜日, 金曜日, 土曜日, 日曜日, 月曜, 火曜, 水曜, 木曜, 金曜, 土曜, 日曜, (月), (火), \
            (水), (木), (金), (土), (日)",
        numbers: "一 | 二 | 三 | 四 | 五 | 六 | 七 | 八 | 九 | 十",
        few: "数",
        past: "前",
        future: "後, 以内",
        around: "約, およそ, ほぼ, に, と, の",
        morning: "午前",
        evening: "午後",
        ..Language::SILENT
    },
    Language {
        code: "zh",
        days: "前天 | 昨天, 昨日 | 今天, 今日 | 明天 | 后天, 後天",
        now: "刚刚, 剛剛, 刚才, 剛才",
        units: "秒钟, 秒鐘, 秒 | 分钟, 分鐘 | 小时, 小時, 个小时, 個小時 | 天 | 周, 週, 星期, 个星期, 個星期, 礼拜, 个礼拜 \
            | 个月, 個月 | 年",
        marks: " | 分 | 点, 點, 时, 時 | 日, 号, 號 | | 月 | 年",
        weekdays: "星期一, 星期二, 星期三, 星期四, 星期五, 星期六, 星期日, 星期天, 周一, 周二, 周三, 周四, 周五, 周六, 周日, \
            週一, 週二, 週三, 週四, 週五, 週六, 週日",
        numbers: "一 | 两, 兩, 二 | 三 | 四 | 五 | 六 | 七 | 八 | 九 | 十",
        few: "几, 幾",
        past: "前, 之前, 以前",
        future: "后, 後, 之后, 之後, 内, 內",
        around: "约, 約, 大约, 大約, 于, 於",
        morning: "上午, 凌晨, 早上",
        evening: "下午, 晚上",
        ..Language::SILENT
    },
    Language {
        code: "ko",
        days: "그저께, 그제 | 어제 | 오늘 | 내일 | 모레",
        now: "방금, 방금 전",
        units: "초 | 분 | 시간 | 일간 | 주, 주일 | 개월, 달 | 년간",
        marks: "초 | 분 | 시 | 일 | | 월 | 년",
        weekdays: "월요일, 화요일, 수요일, 목요일, 금요일, 토요일, 일요일, (월), (화), (수), (목), (금), (토), (일)",
        numbers: "한 | 두 | 세 | 네 | 다섯 | 여섯 | 일곱 | 여덟 | 아홉 | 열",
        few: "몇",
        past: "전",
        future: "후, 뒤, 이내",
        around: "약, 대략, 에",
        morning: "오전",
        evening: "오후",
        ..Language::SILENT
    },
    Language {
        code: "tr",
        months: "ocak, oca | şubat, şub | mart, mar | nisan, nis | mayıs, may | haziran, haz | temmuz, tem \
            | ağustos, ağu | eylül, eyl | ekim, eki | kasım, kas | aralık, ara",
        weekdays: "pazartesi, pzt, salı, sal, çarşamba, çar, perşembe, per, cuma, cum, cumartesi, cmt, pazar, paz",
        days: "evvelsi gün, önceki gün | dün | bugün | yarın | öbür gün",
        now: "az önce",
        units: "saniye, sn | dakika, dk | saat, sa | gün | hafta | ay | yıl, sene | on yıl",
        numbers: "bir | iki | üç | dört | beş | altı | yedi | sekiz | dokuz | on",
        few: "birkaç",
        past: "önce",
        future: "sonra, içinde, içerisinde",
        around: "yaklaşık, neredeyse, ve",
        ..Language::SILENT
    },
    Language {
        code: "el",
        months: "ιανουάριος, ιανουαρίου, ιαν | φεβρουάριος, φεβρουαρίου, φεβ | μάρτιος, μαρτίου, μαρ \
            | απρίλιος, απριλίου, απρ | μάιος, μαΐου, μαι | ιούνιος, ιουνίου, ιουν | ιούλιος, ιουλίου, ιουλ \
            | αύγουστος, αυγούστου, αυγ | σεπτέμβριος, σεπτεμβρίου, σεπ | οκτώβριος, οκτωβρίου, οκτ \
            | νοέμβριος, νοεμβρίου, νοε | δεκέμβριος, δεκεμβρίου, δεκ",
        weekdays: "δευτέρα, τρίτη, τετάρτη, πέμπτη, παρασκευή, σάββατο, κυριακή",
        days: "προχθές, προχτές | χθες, χτες | σήμερα | αύριο | μεθαύριο",
        now: "μόλις τώρα",
        units: "δευτερόλεπτο, δευτερόλεπτα, δευτ | λεπτό, λεπτά | ώρα, ώρες | ημέρα, ημέρες, μέρα, μέρες \
            | εβδομάδα, εβδομάδες | μήνα, μήνας, μήνες | χρόνο, χρόνια, έτος, έτη | δεκαετία, δεκαετίες",
        numbers: "ένα, μία, μια, έναν | δύο, δυο | τρεις, τρία | τέσσερις, τέσσερα | πέντε | έξι | επτά | οκτώ | εννέα | δέκα",
        few: "λίγα, μερικά",
        past: "πριν, πριν από",
        future: "σε",
        around: "περίπου, σχεδόν, και, στις",
        morning: "πμ, π.μ",
        evening: "μμ, μ.μ",
        ..Language::SILENT
    },
    Language {
        code: "fi",
        months: "tammikuu, tammikuuta, tammi | helmikuu, helmikuuta, helmi | maaliskuu, maaliskuuta, maalis \
            | huhtikuu, huhtikuuta, huhti | toukokuu, toukokuuta, touko | kesäkuu, kesäkuuta, kesä \
            | heinäkuu, heinäkuuta, heinä | elokuu, elokuuta, elo | syyskuu, syyskuuta, syys \
            | lokakuu, lokakuuta, loka | marraskuu, marraskuuta, marras | joulukuu, joulukuuta, joulu",
        weekdays: "maanantai, ma, tiistai, ti, keskiviikko, ke, torstai, to, perjantai, pe, lauantai, la, sunnuntai, su",
        days: "toissapäivänä, toissa päivänä | eilen | tänään | huomenna | ylihuomenna",
        now: "juuri nyt, äsken",
        units: "sekunti, sekuntia, sekunnin | minuutti, minuuttia, minuutin, min | tunti, tuntia, tunnin, t \
            | päivä, päivää, päivän, pv | viikko, viikkoa, viikon, vk | kuukausi, kuukautta, kuukauden, kk \
            | vuosi, vuotta, vuoden, v | vuosikymmen, vuosikymmentä",
        numbers: "yksi, yhden | kaksi | kolme | neljä | viisi | kuusi | seitsemän | kahdeksan | yhdeksän | kymmenen",
        few: "muutama, muutaman, muutamia",
        past: "sitten",
        future: "kuluttua, päästä",
        around: "noin, lähes, ja, klo",
        ..Language::SILENT
    },
    Language {
        code: "hu",
        months: "január, jan | február, febr, feb | március, márc | április, ápr | május, máj | június, jún \
            | július, júl | augusztus, aug | szeptember, szept | október, okt | november, nov | december, dec",
        weekdays: "hétfő, kedd, szerda, csütörtök, péntek, szombat, vasárnap",
        days: "tegnapelőtt | tegnap | | holnap | holnapután",
        now: "épp most",
        units: "másodperc, másodperce, másodperccel | perc, perce, perccel | óra, órája, órával | nap, napja, nappal \
            | hét, hete, héttel | hónap, hónapja, hónappal | év, éve, évvel | évtized, évtizede",
        numbers: "egy | két, kettő | három | négy | öt | hat | hét | nyolc | kilenc | tíz",
        few: "néhány, pár",
        past: "ezelőtt",
        future: "múlva",
        around: "körülbelül, kb, majdnem, és",
        ..Language::SILENT
    },
    Language {
        code: "id",
        months: "januari, jan | februari, feb | maret, mar | april, apr | mei | juni, jun | juli, jul | agustus, agu \
            | september, sep | oktober, okt | november, nov | desember, des",
        weekdays: "senin, sen, selasa, sel, rabu, rab, kamis, kam, jumat, jum, sabtu, sab, minggu, min",
        days: "kemarin lusa | kemarin | hari ini | besok | lusa",
        now: "baru saja, barusan",
        units: "detik | menit, minit | jam | hari | minggu | bulan, bln | tahun, thn | dekade",
        one: "sedetik | semenit | sejam | sehari | seminggu | sebulan | setahun",
        numbers: "satu | dua | tiga | empat | lima | enam | tujuh | delapan | sembilan | sepuluh",
        few: "beberapa",
        past: "lalu, yang lalu",
        future: "dalam, lagi",
        around: "sekitar, hampir, kurang lebih, dan, pukul, pada",
        ..Language::SILENT
    },
    Language {
        code: "vi",
        months: "tháng 1, tháng một | tháng 2, tháng hai | tháng 3, tháng ba | tháng 4, tháng tư | tháng 5, tháng năm \
            | tháng 6, tháng sáu | tháng 7, tháng bảy | tháng 8, tháng tám | tháng 9, tháng chín \
            | tháng 10, tháng mười | tháng 11, tháng mười một | tháng 12, tháng mười hai",
        days: "hôm kia | hôm qua | hôm nay | ngày mai | ngày kia",
        now: "vừa xong",
        units: "giây | phút | giờ, tiếng | ngày | tuần | tháng | năm | thập kỷ",
        numbers: "một | hai | ba | bốn | lăm | sáu | bảy | tám | chín | mười",
        few: "vài",
        past: "trước, cách đây",
        future: "sau, nữa, trong",
        around: "khoảng, gần, và, lúc, vào",
        ..Language::SILENT
    },
    Language {
        code: "hi",
        months: "जनवरी | फ़रवरी, फरवरी | मार्च | अप्रैल | मई | जून | जुलाई | अगस्त | सितंबर, सितम्बर | अक्टूबर, अक्तूबर \
            | नवंबर, नवम्बर | दिसंबर, दिसम्बर",
        days: " | | आज | | ",
        units: "सेकंड, सेकेंड | मिनट | घंटा, घंटे | दिन | सप्ताह, हफ़्ता, हफ़्ते, हफ्ते | महीना, महीने, माह | वर्ष, साल | दशक",
        numbers: "एक | दो | तीन | चार | पांच, पाँच | छह | सात | आठ | नौ | दस",
        few: "कुछ",
        past: "पहले, पूर्व",
        future: "बाद, में",
        around: "लगभग, करीब, और, को",
        ..Language::SILENT
    },
];
