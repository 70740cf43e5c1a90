//! What a person asks for: `seed=42,duplicate=5%,reorder,delay=0..2s,drop-ack=1%`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::fault::{Fault, FaultKind};
use super::spec_error::SpecError;
use crate::base::limits;

/// Parts of a million in one percent.
const PER_PERCENT: u32 = 10_000;
/// How often things are reordered unless said otherwise.
const REORDER_DEFAULT: Rate = Rate { parts_per_million: 50 * PER_PERCENT };
/// Which faults are made, and how often, when none is named: a mix of all.
const KINDS_DEFAULT: [(&str, Option<&str>); 6] = [
    ("duplicate", Some("5%")),
    ("reorder", None),
    ("delay", Some("0..2s")),
    ("drop-ack", Some("1%")),
    ("crash-isolate", Some("1%")),
    ("fail-send", Some("1%")),
];
/// The members of a specification.
const MEMBERS: [&str; 9] =
    ["seed", "seeds", "duplicate", "reorder", "delay", "drop-ack", "crash-isolate", "fail-send", "only"];

/// How often something happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    /// In a million, at most a million.
    pub parts_per_million: u32,
}

/// How many seconds later messages become visible: from `least` to `most`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayRange {
    /// In seconds.
    pub least: u32,
    /// In seconds, at most 24 hours.
    pub most: u32,
}

/// Which seeds to run with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seeds {
    /// One that nobody has chosen.
    #[default]
    Any,
    /// This one.
    One(u64),
    /// A run for each of these, both ends included.
    Range(u64, u64),
}

/// Which faults to make, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// What chooses them.
    pub seeds: Seeds,
    /// How often a message is delivered again.
    pub duplicate: Rate,
    /// How often a delivery is shuffled and a message overtaken.
    pub reorder: Rate,
    /// By how much every message is late.
    pub delay: Option<DelayRange>,
    /// How often an outcome is lost.
    pub drop_ack: Rate,
    /// How often an isolate dies.
    pub crash_isolate: Rate,
    /// How often a send is rejected.
    pub fail_send: Rate,
    /// Only these faults are made, whatever the rates say.
    pub only: Option<BTreeSet<Fault>>,
}

impl Spec {
    /// How often faults of this kind happen.
    pub fn rate(&self, kind: FaultKind) -> Rate {
        match kind {
            FaultKind::Duplicate => self.duplicate,
            FaultKind::ReorderBatch | FaultKind::ReorderMessage => self.reorder,
            FaultKind::Delay => {
                Rate { parts_per_million: if self.delay.is_some() { 100 * PER_PERCENT } else { 0 } }
            }
            FaultKind::DropAck => self.drop_ack,
            FaultKind::CrashIsolate => self.crash_isolate,
            FaultKind::FailSend => self.fail_send,
        }
    }

    /// The same faults chosen by one seed.
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { seeds: Seeds::One(seed), ..self.clone() }
    }

    /// The same with nothing but these faults.
    pub fn with_only(&self, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { only: Some(faults.into_iter().collect()), ..self.clone() }
    }

    fn take(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let needed = || value.ok_or_else(|| format!("{name} needs a value: {}", example(name)));
        match name {
            "seed" => self.seeds = Seeds::One(number(needed()?)?),
            "seeds" => self.seeds = seed_range(needed()?)?,
            "duplicate" => self.duplicate = needed()?.parse()?,
            "reorder" => self.reorder = value.map_or(Ok(REORDER_DEFAULT), str::parse)?,
            "delay" => self.delay = Some(needed()?.parse()?),
            "drop-ack" => self.drop_ack = needed()?.parse()?,
            "crash-isolate" => self.crash_isolate = needed()?.parse()?,
            "fail-send" => self.fail_send = needed()?.parse()?,
            "only" => self.only = Some(faults(needed()?)?),
            other => return Err(unknown(other)),
        }
        Ok(())
    }
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut spec = Self::default();
        let mut names = BTreeSet::new();
        let mut position = 1;
        for member in text.split(',') {
            let (name, value) = match member.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (member.trim(), None),
            };
            // Two members that say the same thing in two ways contradict each other too.
            let once = if name == "seeds" { "seed" } else { name };
            let taken = if names.insert(once) {
                spec.take(name, value)
            } else {
                Err(format!("{name} is given twice, or both seed and seeds are"))
            };
            taken.map_err(|message| SpecError { message, position })?;
            position += member.chars().count() + 1;
        }
        // Seeds alone would choose among no faults, and every run would pass.
        if names.iter().all(|name| *name == "seed") {
            for (name, value) in KINDS_DEFAULT {
                spec.take(name, value).map_err(|message| SpecError { message, position })?;
            }
        }
        Ok(spec)
    }
}

/// In the form that it is read from, with every kind of fault that is made.
impl fmt::Display for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut members = Vec::new();
        match self.seeds {
            Seeds::Any => {}
            Seeds::One(seed) => members.push(format!("seed={seed}")),
            Seeds::Range(first, last) => members.push(format!("seeds={first}..{last}")),
        }
        let rates = [
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
            ("drop-ack", self.drop_ack),
            ("crash-isolate", self.crash_isolate),
            ("fail-send", self.fail_send),
        ];
        let asked = rates.into_iter().filter(|(_, rate)| *rate != Rate::default());
        members.extend(asked.map(|(name, rate)| format!("{name}={rate}")));
        members.extend(self.delay.map(|delay| format!("delay={delay}")));
        members.extend(self.only.iter().map(|only| {
            let names: Vec<String> = only.iter().map(Fault::to_string).collect();
            format!("only={}", if names.is_empty() { "none".to_owned() } else { names.join("+") })
        }));
        if members.iter().all(|member| member.starts_with("seed")) {
            // Without any kind it would be read as the default ones.
            members.push(format!("duplicate={}", Rate::default()));
        }
        formatter.write_str(&members.join(","))
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no rate: write a percentage from 0% to 100%, such as 5% or 0.5%");
        let percent: f64 = text.strip_suffix('%').and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(wrong());
        }
        Ok(Self { parts_per_million: (percent * f64::from(PER_PERCENT)).round() as u32 })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", f64::from(self.parts_per_million) / f64::from(PER_PERCENT))
    }
}

impl FromStr for DelayRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let wrong = || {
            format!(
                "{text:?} is no delay: write whole seconds, minutes or hours up to 24h, such as 0..2s or 5m"
            )
        };
        // In 1..5s the unit is that of the end.
        let unit = most.chars().last().filter(|_| least.ends_with(|last: char| last.is_ascii_digit()));
        let least = seconds(&format!("{least}{}", unit.map_or(String::new(), String::from)));
        let (least, most) = (least.ok_or_else(wrong)?, seconds(most).ok_or_else(wrong)?);
        if least > most || most > limits::DELAY_SECONDS_MAX {
            return Err(wrong());
        }
        Ok(Self { least, most })
    }
}

impl fmt::Display for DelayRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}s..{}s", self.least, self.most)
    }
}

fn seconds(text: &str) -> Option<u32> {
    let unit = text.chars().last()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    text[..text.len() - 1].parse::<u32>().ok()?.checked_mul(factor)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is no seed: write a number from 0 to {}", u64::MAX))
}

fn seed_range(text: &str) -> Result<Seeds, String> {
    let (first, last) =
        text.split_once("..").ok_or_else(|| format!("{text:?} is no range: {}", example("seeds")))?;
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err(format!("the range {text} is empty: its first seed is larger than its last"));
    }
    Ok(Seeds::Range(first, last))
}

fn faults(text: &str) -> Result<BTreeSet<Fault>, String> {
    if text == "none" {
        return Ok(BTreeSet::new());
    }
    let parse = |name: &str| name.parse::<Fault>().map_err(|error| format!("{name:?}: {error}"));
    text.split('+').map(parse).collect()
}

fn example(name: &str) -> &'static str {
    match name {
        "seed" => "such as seed=42",
        "seeds" => "such as seeds=1..100",
        "delay" => "such as delay=0..2s",
        "only" => "such as only=duplicate:orders:17:1",
        _ => "a percentage, such as 5%",
    }
}

fn unknown(name: &str) -> String {
    let near = MEMBERS
        .into_iter()
        .map(|member| (strsim::damerau_levenshtein(member, name), member))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    match near {
        Some((_, member)) => format!("there is no {name:?}; did you mean {member:?}?"),
        None => format!("there is no {name:?}; there are {}", MEMBERS.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_reads_back_as_it_is_shown() {
        let text = "seed=42,duplicate=5%,reorder,delay=0..2s,drop-ack=1%,crash-isolate=0.25%,fail-send=100%";
        let spec: Spec = text.parse().unwrap();
        assert_eq!(spec.seeds, Seeds::One(42));
        assert_eq!(spec.duplicate.parts_per_million, 50_000);
        assert_eq!(spec.reorder, REORDER_DEFAULT);
        assert_eq!(spec.delay, Some(DelayRange { least: 0, most: 2 }));
        assert_eq!(spec.crash_isolate.parts_per_million, 2_500);
        let shown =
            "seed=42,duplicate=5%,reorder=50%,drop-ack=1%,crash-isolate=0.25%,fail-send=100%,delay=0s..2s";
        assert_eq!(spec.to_string(), shown);
        assert_eq!(shown.parse(), Ok(spec.clone()));
        let fault: Fault = "drop-ack:orders:3:2".parse().unwrap();
        let only = spec.with_seed(7).with_only([fault]);
        assert!(only.to_string().ends_with(",only=drop-ack:orders:3:2"));
        assert_eq!(only.to_string().parse(), Ok(only));
        assert_eq!("seeds=1..100,delay=5m".parse::<Spec>().unwrap().seeds, Seeds::Range(1, 100));
        assert_eq!("only=none".parse::<Spec>().unwrap().only, Some(BTreeSet::new()));
        assert_eq!(Spec::default().with_only([]).to_string(), "only=none");
    }

    #[test]
    fn seeds_alone_choose_among_all_kinds() {
        let mix: Spec =
            "duplicate=5%,reorder,delay=0..2s,drop-ack=1%,crash-isolate=1%,fail-send=1%".parse().unwrap();
        assert_eq!("seed=7".parse(), Ok(mix.with_seed(7)));
        let range: Spec = "seeds=1..100".parse().unwrap();
        assert_eq!(range, Spec { seeds: Seeds::Range(1, 100), ..mix });
        assert!(range.to_string().starts_with("seeds=1..100,duplicate=5%,reorder=50%,"), "{range}");
        for kind in FaultKind::ALL {
            assert_ne!(range.rate(kind), Rate::default(), "{kind:?}");
        }
        // Who names one wants no other, be it never.
        let never: Spec = "seed=7,fail-send=0%".parse().unwrap();
        assert_eq!(never, Spec { seeds: Seeds::One(7), ..Spec::default() });
        assert_eq!(never.to_string().parse(), Ok(never));
        assert_eq!("seed=7,only=none".parse::<Spec>().unwrap().duplicate, Rate::default());
    }

    #[test]
    fn the_unit_of_a_delay_can_be_said_once() {
        let delay = |text: &str| text.parse::<DelayRange>().map(|delay| (delay.least, delay.most)).ok();
        assert_eq!(delay("1..5s"), Some((1, 5)));
        assert_eq!(delay("1..2m"), Some((60, 120)));
        assert_eq!(delay("30s..2m"), Some((30, 120)));
        assert_eq!((delay("1s..5"), delay("5"), delay("..5s"), delay("6..5s")), (None, None, None, None));
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_a_remedy() {
        for (text, position, part) in [
            ("seed=42,duplicat=5%", 9, "did you mean \"duplicate\"?"),
            ("seed=x", 1, "write a number"),
            ("duplicate", 1, "duplicate needs a value"),
            ("seed=1,duplicate=5", 8, "\"5\" is no rate"),
            ("seed=1,duplicate=101%", 8, "from 0% to 100%"),
            ("duplicate=nan%", 1, "is no rate"),
            ("delay=2s..1s", 1, "is no delay"),
            ("delay=100ms", 1, "whole seconds"),
            ("delay=25h", 1, "up to 24h"),
            ("delay=é", 1, "is no delay"),
            ("seeds=5..1", 1, "is empty"),
            ("seed=1,seeds=1..2", 8, "twice"),
            ("reorder,reorder", 9, "twice"),
            ("only=delay:q:1", 1, "KIND:QUEUE:MESSAGE:ATTEMPT"),
            ("", 1, "there are seed, seeds"),
        ] {
            let error = text.parse::<Spec>().unwrap_err();
            assert_eq!(error.position, position, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
