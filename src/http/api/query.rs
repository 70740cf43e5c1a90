//! What follows the `?`, and the pages it asks for.

use super::error::ApiError;

/// Items on a page when a page is asked for and its size is not.
const PER_PAGE_DEFAULT: usize = 100;
/// Most items on one page.
const PER_PAGE_MAX: usize = 1000;

/// The parameters of a request, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::http) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string; what cannot be read as text is kept as far as it can.
    pub fn parse(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        });
        Self(pairs.collect())
    }

    /// Refuses parameters of other names, so that a misspelt one is not passed over.
    pub fn only(self, names: &[&str]) -> Result<Self, ApiError> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(self),
            Some((name, _)) => {
                let problem = format!("is not known here; there are {}", names.join(", "));
                Err(ApiError::invalid(name, &problem))
            }
        }
    }

    /// The last value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// One of a few words.
    pub fn word<'a>(&'a self, name: &str, words: &[&'a str]) -> Result<&'a str, ApiError> {
        let Some(given) = self.get(name) else { return Ok(words.first().copied().unwrap_or_default()) };
        let found = words.iter().copied().find(|word| *word == given);
        found.ok_or_else(|| ApiError::invalid(name, &format!("must be one of {}", words.join(", "))))
    }

    /// The page that is asked for, or else everything: a client that names no page asks once.
    pub fn page_or_all(&self, total_count: usize) -> Result<Page, ApiError> {
        if self.get("page").is_none() && self.get("per_page").is_none() {
            return Ok(Page { number: 1, per_page: total_count.max(PER_PAGE_DEFAULT) });
        }
        self.page(PER_PAGE_DEFAULT)
    }

    /// The page that is asked for.
    pub fn page(&self, per_page_default: usize) -> Result<Page, ApiError> {
        let number = self.count("page", usize::MAX)?.unwrap_or(1);
        let per_page = self.count("per_page", PER_PAGE_MAX)?.unwrap_or(per_page_default);
        Ok(Page { number, per_page })
    }

    fn count(&self, name: &str, max: usize) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(count) if (1..=max).contains(&count) => Ok(Some(count)),
            _ if max == usize::MAX => Err(ApiError::invalid(name, "must be a whole number from 1 on")),
            _ => Err(ApiError::invalid(name, &format!("must be a whole number between 1 and {max}"))),
        }
    }
}

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Page {
    /// Its number, from 1.
    pub number: usize,
    /// Most items on it.
    pub per_page: usize,
}

impl Page {
    /// The items of this page; past the end there are none.
    pub fn of<Item>(self, items: Vec<Item>) -> Vec<Item> {
        let skipped = (self.number - 1).saturating_mul(self.per_page);
        items.into_iter().skip(skipped).take(self.per_page).collect()
    }
}

/// Text without its percent-encoding. What is no encoding stays as it is; `+` is a blank in a query.
pub(in crate::http) fn decoded(text: &str, in_query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, remaining) = match (first, after) {
            (b'%', [high, low, tail @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => (b'%', after),
            },
            (b'+', _) if in_query => (b' ', after),
            (byte, _) => (*byte, after),
        };
        bytes.push(byte);
        rest = remaining;
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_may_repeat() {
        let query = Query::parse(Some("name=a&name=b%2Dc&x=1+2&bad=%zz%4&empty"));
        assert_eq!(query.all("name").collect::<Vec<_>>(), ["a", "b-c"]);
        assert_eq!(query.get("x"), Some("1 2"));
        assert_eq!(query.get("bad"), Some("%zz%4"));
        assert_eq!(query.get("empty"), Some(""));
        assert_eq!(Query::parse(None), Query::default());
    }

    #[test]
    fn pages_past_the_end_are_empty() {
        let items: Vec<u32> = (0..5).collect();
        assert_eq!(Page { number: 2, per_page: 2 }.of(items.clone()), [2, 3]);
        assert_eq!(Page { number: 3, per_page: 2 }.of(items.clone()), [4]);
        assert!(Page { number: 4, per_page: 2 }.of(items.clone()).is_empty());
        assert!(Page { number: usize::MAX, per_page: 1000 }.of(items).is_empty());
    }

    #[test]
    fn a_client_that_names_no_page_gets_everything() {
        let none = Query::default();
        assert_eq!(none.page_or_all(5000), Ok(Page { number: 1, per_page: 5000 }));
        let second = Query::parse(Some("page=2"));
        assert_eq!(second.page_or_all(5000), Ok(Page { number: 2, per_page: 100 }));
        for wrong in ["page=0", "page=x", "page=-1", "per_page=1001", "per_page=1.5"] {
            assert!(Query::parse(Some(wrong)).page(20).is_err(), "{wrong}");
        }
    }
}
