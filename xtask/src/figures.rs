//! What a suite found out by itself in one round, and the tables made of it.

use std::{fs, io, path::Path};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    columns::Columns,
    micro::{ABSENT, OURS, RATIO, contestants, distinct, is_ours, median, number},
};

/// A cell of a table: neither a time that criterion took nor a count.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct Figure {
    table: String,
    row: String,
    contestant: String,
    /// Without it, the figure is not compared with others.
    better: Option<Better>,
    value: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Better {
    Less,
    More,
}

/// Reads what a suite wrote to `dir`; none if it wrote nothing.
///
/// # Errors
/// The file cannot be read or does not follow the schema.
pub(crate) fn read(dir: &Path) -> anyhow::Result<Vec<Figure>> {
    let path = dir.join("figures.json");
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.with_context(|| format!("could not read {}", path.display()))?,
    };
    serde_json::from_slice(&text)
        .with_context(|| format!("{} does not follow the schema of figures", path.display()))
}

/// The heading and the text of each table: medians over the rounds, ratios taken within a round.
pub(crate) fn tables(rounds: &[Vec<Figure>]) -> Vec<(&str, String)> {
    let all = || rounds.iter().flatten();
    distinct(all().map(|figure| figure.table.as_str()))
        .into_iter()
        .map(|title| (title, table(rounds, title)))
        .collect()
}

fn table(rounds: &[Vec<Figure>], title: &str) -> String {
    let figures: Vec<&Figure> = rounds
        .iter()
        .flatten()
        .filter(|figure| figure.table == title)
        .collect();
    let names = contestants(figures.iter().map(|figure| figure.contestant.as_str()));
    let has_ratios = figures.iter().any(|figure| figure.better.is_some());
    let mut heading = vec!["what".to_owned()];
    heading.extend(names.iter().map(ToString::to_string));
    heading.extend(has_ratios.then(|| RATIO.to_owned()));
    let mut columns = Columns::new(heading);
    for row in distinct(figures.iter().map(|figure| figure.row.as_str())) {
        let rounds: Vec<Vec<&Figure>> = rounds
            .iter()
            .map(|round| {
                let cells = round.iter();
                let cells = cells.filter(|cell| cell.table == title && cell.row == row);
                cells.collect()
            })
            .collect();
        let mut cells = vec![row.to_owned()];
        cells.extend(names.iter().map(|name| {
            let values = rounds.iter().flatten();
            let values = values.filter(|cell| cell.contestant == *name);
            median(values.map(|cell| cell.value).collect()).map_or_else(absent, shown)
        }));
        if has_ratios {
            let ratios = rounds.iter().filter_map(|round| ratio(round));
            cells.push(median(ratios.collect()).map_or_else(absent, |ratio| format!("{ratio:.2}")));
        }
        columns.row(cells);
    }
    columns.text()
}

/// What ours is to the best peer in one row of one round, where there are both and something to be better at.
fn ratio(row: &[&Figure]) -> Option<f64> {
    let compared = || {
        let cells = row.iter();
        cells.filter_map(|figure| Some((figure.contestant.as_str(), figure.better?, figure.value)))
    };
    let (_, better, ours) = compared().find(|(contestant, ..)| *contestant == OURS)?;
    let peers = compared().filter(|(contestant, ..)| !is_ours(contestant));
    let peers = peers.map(|(.., value)| value);
    let best = match better {
        Better::Less => peers.min_by(f64::total_cmp),
        Better::More => peers.max_by(f64::total_cmp),
    };
    Some(ours / best?)
}

fn absent() -> String {
    ABSENT.to_owned()
}

/// Whole numbers as such, for many figures are counts.
fn shown(value: f64) -> String {
    match value.fract() {
        0.0 => value.to_string(),
        _ => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::tests::words;

    const ROUND: &str = r#"[
        {"table":"wait","row":"1 task","contestant":"a","better":"less","value":20.5},
        {"table":"wait","row":"1 task","contestant":"ours","better":"less","value":10.25},
        {"table":"wait","row":"2 tasks","contestant":"ours","better":"less","value":7.0},
        {"table":"wait","row":"2 tasks","contestant":"a","better":null,"value":0.5},
        {"table":"leases","row":"1 task","contestant":"ours","better":"more","value":300.0},
        {"table":"leases","row":"1 task","contestant":"a","better":"more","value":100.0},
        {"table":"leases","row":"1 task","contestant":"b","better":"more","value":200.0},
        {"table":"begun","row":"1 task","contestant":"ours","better":null,"value":3.0},
        {"table":"begun","row":"1 task","contestant":"a","better":null,"value":10.0}]"#;

    fn written(text: &str) -> anyhow::Result<Vec<Figure>> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("figures.json"), text).unwrap();
        read(dir.path())
    }

    #[test]
    fn every_table_is_made_of_its_own_figures() {
        let round = written(ROUND).unwrap();
        let rounds = [round];
        let tables = tables(&rounds);
        let titles: Vec<&str> = tables.iter().map(|(title, _)| *title).collect();
        assert_eq!(titles, ["wait", "leases", "begun"]);
        assert_eq!(
            words(&tables[0].1),
            [
                vec!["what", "ours", "a", "ours/best peer"],
                vec!["1 task", "10.2", "20.5", "0.50"],
                // Not to be compared.
                vec!["2 tasks", "7", "0.50", "-"],
            ]
        );
        assert_eq!(
            words(&tables[1].1),
            [
                vec!["what", "ours", "a", "b", "ours/best peer"],
                vec!["1 task", "300", "100", "200", "1.50"],
            ]
        );
        assert_eq!(
            words(&tables[2].1),
            [vec!["what", "ours", "a"], vec!["1 task", "3", "10"]]
        );
    }

    #[test]
    fn figures_and_ratios_are_medians_over_the_rounds() {
        let rounds = [(10.0, 20.0), (300.0, 100.0), (5.0, 25.0)].map(|(ours, peer)| {
            let mut round = written(ROUND).unwrap();
            round.truncate(2);
            (round[0].value, round[1].value) = (peer, ours);
            round
        });
        // The ratios are 10/20, 300/100 and 5/25.
        let [(_, text)] = &tables(&rounds)[..] else {
            panic!("there is one table");
        };
        assert_eq!(words(text)[1], ["1 task", "10", "25", "0.50"]);
    }

    #[test]
    fn a_suite_without_figures_has_no_tables() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).unwrap().is_empty());
        assert!(tables(&[vec![], vec![]]).is_empty());
    }

    #[test]
    fn nonsense_is_an_error() {
        let error = written("{}").unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("does not follow the schema of figures"),
            "{error}"
        );
    }
}
