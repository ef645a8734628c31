//! The word lists that jobs are made of. Every name and sentence is invented.

use super::jobs::Unit;

/// A kind of work.
#[derive(Debug)]
pub(super) struct Trade {
    pub(super) title: &'static str,
    pub(super) work: &'static str,
    pub(super) skills: &'static [&'static str],
    /// Unit, least and most, in US dollars.
    pub(super) pay: Option<(Unit, u64, u64)>,
    pub(super) employment_type: &'static str,
}

/// Who needs it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) introduction: &'static str,
}

/// Where.
#[derive(Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) currency: Currency,
}

/// What is paid with, and how figures are written there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Currency {
    pub(super) code: &'static str,
    /// Roughly how many make a dollar.
    pub(super) scale: u64,
    before: &'static str,
    after: &'static str,
    thousands: char,
}

impl Currency {
    const fn new(
        code: &'static str,
        scale: u64,
        before: &'static str,
        after: &'static str,
        thousands: char,
    ) -> Self {
        Self {
            code,
            scale,
            before,
            after,
            thousands,
        }
    }

    /// An amount as a card writes it.
    pub(super) fn format(&self, amount: u64) -> String {
        let digits = amount.to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(self.thousands);
            }
            grouped.push(digit);
        }
        format!("{}{grouped}{}", self.before, self.after)
    }
}

const USD: Currency = Currency::new("USD", 1, "$", "", ',');
const EUR: Currency = Currency::new("EUR", 1, "€", "", ',');
const GBP: Currency = Currency::new("GBP", 1, "£", "", ',');
const CAD: Currency = Currency::new("CAD", 1, "CA$", "", ',');
const CHF: Currency = Currency::new("CHF", 1, "CHF ", "", '’');
const PLN: Currency = Currency::new("PLN", 4, "", " zł", '\u{a0}');
const SEK: Currency = Currency::new("SEK", 10, "", " SEK", '\u{a0}');
const INR: Currency = Currency::new("INR", 80, "₹", "", ',');
const JPY: Currency = Currency::new("JPY", 150, "¥", "", ',');

const fn city(name: &'static str, country: &'static str, currency: Currency) -> City {
    City {
        name,
        country,
        currency,
    }
}

pub(super) const CITIES: [City; 17] = [
    city("Lisbon", "Portugal", EUR),
    city("Portland", "United States", USD),
    city("Leeds", "United Kingdom", GBP),
    city("Kraków", "Poland", PLN),
    city("Osaka", "Japan", JPY),
    city("Pune", "India", INR),
    city("Winnipeg", "Canada", CAD),
    city("Zürich", "Switzerland", CHF),
    city("Gothenburg", "Sweden", SEK),
    city("Ghent", "Belgium", EUR),
    city("Tucson", "United States", USD),
    city("Dundee", "United Kingdom", GBP),
    city("Graz", "Austria", EUR),
    city("Córdoba", "Spain", EUR),
    city("Duluth", "United States", USD),
    city("Halifax", "Canada", CAD),
    city("Tampere", "Finland", EUR),
];

const fn client(name: &'static str, kind: &'static str, introduction: &'static str) -> Client {
    Client {
        name,
        kind,
        introduction,
    }
}

pub(super) const CLIENTS: [Client; 23] = [
    client(
        "Halloway & Daughters",
        "a bakery chain",
        "We bake for nineteen towns and still plan the ovens on paper.",
    ),
    client(
        "Tidewater Ferries",
        "a ferry line",
        "Our four ships carry commuters across the sound all year.",
    ),
    client(
        "Opal Street Opera",
        "an opera house",
        "The house opens two hundred evenings a season.",
    ),
    client(
        "Brambleton Seeds",
        "a seed merchant",
        "We sell old vegetable varieties to gardeners by post.",
    ),
    client(
        "Norrsken Skidor",
        "a ski maker",
        "We press wooden skis by hand in small runs.",
    ),
    client(
        "Cinder Lane Ceramics",
        "a pottery studio",
        "Twelve potters share our kilns and our web shop.",
    ),
    client(
        "Quillfeather Press",
        "a small publisher",
        "We bring out ten books a year, most of them translations.",
    ),
    client(
        "Mapleroot Credit Union",
        "a credit union",
        "Forty thousand members bank with us, most by telephone.",
    ),
    client(
        "O’Dowd Elevators",
        "a lift repair firm",
        "We keep eleven hundred lifts running, day and night.",
    ),
    client(
        "Lantern Bay Museum",
        "a maritime museum",
        "Our archive holds ninety thousand photographs of ships.",
    ),
    client(
        "Pico Solar Co-op",
        "a solar cooperative",
        "Farmers own our panels and share what they earn.",
    ),
    client(
        "Verdigris Bicycles",
        "a bicycle workshop",
        "We restore steel frames and build new ones.",
    ),
    client(
        "Sato Noodle Works",
        "a noodle factory",
        "Our machines cut three tonnes of noodles a shift.",
    ),
    client(
        "Kestrel Mountain Rescue",
        "a rescue service",
        "Volunteers answer about four hundred calls a year.",
    ),
    client(
        "Bluebell Day Nurseries",
        "a group of nurseries",
        "Parents trust us with six hundred children.",
    ),
    client(
        "Weir & Locke Surveyors",
        "a land survey office",
        "We measure fields, quarries and the odd cathedral.",
    ),
    client(
        "Ember Parcel",
        "a parcel carrier",
        "Our riders deliver within the hour in eight cities.",
    ),
    client(
        "Saltmarsh Oysters",
        "an oyster farm",
        "The beds lie an hour from the nearest road.",
    ),
    client(
        "Juniper Veterinary Group",
        "a group of vets",
        "We treat everything from hamsters to horses.",
    ),
    client(
        "Das Uhrwerk GmbH",
        "a clockmaker",
        "Church clocks are our trade, and few people are left who know it.",
    ),
    client(
        "Peregrine Language School",
        "a language school",
        "Evening classes in fourteen languages fill our old mill.",
    ),
    client(
        "Third Rail Records",
        "a record label",
        "We press vinyl for bands who play in basements.",
    ),
    client(
        "Copperfield Water Board",
        "a water utility",
        "We bring water to a valley of sixty villages.",
    ),
];

pub(super) const CLOSINGS: [&str; 7] = [
    "Please send two examples of earlier work.",
    "We answer every letter within a week.",
    "The start date is open, the end of the season is not.",
    "You will work with one person from our side, who knows the subject well.",
    "A short call comes first, then a paid trial day.",
    "Working hours are yours to choose as long as Tuesdays stay free for a meeting.",
    "There is a follow-up project if both sides are content.",
];

/// As many as there are cards on a page, so that each page shows every trade once.
pub(super) const TRADES: [Trade; 20] = [
    Trade {
        title: "Rust engineer",
        work: "The order service has outgrown its scripts; we want it rewritten with tests and a calm rollout.",
        skills: &["Rust", "PostgreSQL", "Linux"],
        pay: Some((Unit::Hour, 70, 95)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Logo and identity design",
        work: "We need a mark, two typefaces and a one-page guide that a sign painter can follow.",
        skills: &["Branding", "Typography", "Illustrator"],
        pay: Some((Unit::Fixed, 900, 1_600)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Bookkeeper, part time",
        work: "Invoices, wages and the quarterly return, about twelve hours a week.",
        skills: &["Bookkeeping", "Payroll", "Spreadsheets"],
        pay: Some((Unit::Hour, 28, 36)),
        employment_type: "PART_TIME",
    },
    Trade {
        title: "Fix <canvas> rendering on tablets",
        work: "Our floor plan draws well on desktops & poorly on tablets: lines shift by half a pixel and \"jump\" on rotation.",
        skills: &["JavaScript", "Canvas", "HTML & CSS"],
        pay: Some((Unit::Fixed, 450, 700)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Data analyst",
        work: "Ten years of sales sit in one table; find out what sells on rainy days and what does not.",
        skills: &["SQL", "Python", "Statistics", "Charts"],
        pay: Some((Unit::Year, 52_000, 64_000)),
        employment_type: "FULL_TIME",
    },
    Trade {
        title: "Technical translator, German to English",
        work: "Four manuals of eighty pages each, with drawings whose labels must be translated too.",
        skills: &["German", "English", "Technical writing"],
        pay: Some((Unit::Fixed, 2_200, 2_800)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Mobile app developer",
        work: "A booking app for both stores, small enough to be kept alive by one person afterwards.",
        skills: &["Kotlin", "Swift", "REST"],
        pay: Some((Unit::Day, 380, 520)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Photographer for three days",
        work: "Portraits of the staff and of the workplace, in daylight, without staging.",
        skills: &["Photography", "Lightroom"],
        pay: Some((Unit::Day, 300, 420)),
        employment_type: "TEMPORARY",
    },
    Trade {
        title: "Systems administrator",
        work: "Two racks, forty desks, one tired mail server: look after them and write down how.",
        skills: &["Linux", "Networking", "Backups", "Ansible"],
        pay: Some((Unit::Year, 48_000, 59_000)),
        employment_type: "FULL_TIME",
    },
    Trade {
        title: "R&D technician",
        work: "Build and measure prototypes of a sensor that counts what passes a gate, wet or dry.",
        skills: &["Electronics", "Soldering", "C"],
        pay: Some((Unit::Hour, 34, 48)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Copy editor with an ear for \"plain words\"",
        work: "Our web pages were written by nine people; make them sound like one.",
        skills: &["Editing", "English"],
        pay: None,
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Web shop migration",
        work: "Move four thousand articles and their pictures to a new shop without losing a single link.",
        skills: &["PHP", "MySQL", "Redirects"],
        pay: Some((Unit::Fixed, 3_500, 5_200)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Customer support lead",
        work: "Lead five people on the telephone, plan their shifts, take the hard calls yourself.",
        skills: &["Support", "Team lead", "Scheduling"],
        pay: Some((Unit::Year, 41_000, 47_000)),
        employment_type: "FULL_TIME",
    },
    Trade {
        title: "Explainer video, ninety seconds",
        work: "Script, voice and drawn animation that show a newcomer what we do and why it costs what it costs.",
        skills: &["Animation", "After Effects", "Script writing"],
        pay: Some((Unit::Fixed, 1_200, 1_900)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Accessibility audit",
        work: "Test the site with a keyboard and two screen readers, then tell our developer what to mend first.",
        skills: &["Accessibility", "ARIA", "HTML & CSS"],
        pay: Some((Unit::Hour, 55, 80)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "C++ developer, embedded",
        work: "The controller reboots when two doors open at once; find out why, then prove that it no longer does.",
        skills: &["C++", "RTOS", "CAN bus"],
        pay: Some((Unit::Day, 450, 600)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Newsletter writer",
        work: "Two letters a month to nine thousand readers who like details and dislike exclamation marks.",
        skills: &["Writing", "Interviewing"],
        pay: Some((Unit::Fixed, 260, 340)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "3D visualisation of a new hall",
        work: "Six views from our architect's model, morning and evening light, with people in them.",
        skills: &["Blender", "Rendering", "CAD"],
        pay: Some((Unit::Fixed, 1_500, 2_300)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Database tuning",
        work: "The nightly report takes until noon; we suspect three queries and a missing index.",
        skills: &["PostgreSQL", "SQL", "Profiling"],
        pay: Some((Unit::Hour, 90, 120)),
        employment_type: "CONTRACTOR",
    },
    Trade {
        title: "Project coordinator",
        work: "Keep a move to new premises on time: suppliers, permits, and people who dislike change.",
        skills: &["Planning", "Negotiation", "Budgeting"],
        pay: Some((Unit::Day, 260, 330)),
        employment_type: "TEMPORARY",
    },
];
