//! `lineup cost`: lines add up, prices scale, and docs/costs.md is what the command prints.

use std::fs;

use serde_json::{Value, json};

use crate::command::{Lineup, workspace};

const PRICES: &str = include_str!("../../../lineup-costs/prices.json");

fn answer(lineup: &Lineup, args: &[&str]) -> Value {
    let output = lineup.run([&["cost", "--json"], args].concat()).succeeded();
    serde_json::from_str(&output).unwrap()
}

fn sum(lines: &Value) -> f64 {
    lines.as_array().unwrap().iter().map(|line| line["dollars"].as_f64().unwrap()).sum()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
}

/// The list prices, changed.
fn prices(lineup: &Lineup, change: impl Fn(&mut serde_json::Map<String, Value>)) -> String {
    let mut prices: Value = serde_json::from_str(PRICES).unwrap();
    change(prices["prices"].as_object_mut().unwrap());
    lineup.file("prices.json", prices.to_string()).to_str().unwrap().to_owned()
}

#[test]
fn lines_add_up_to_the_month_and_the_fixed_part_is_a_number() {
    let answer = answer(&Lineup::new(), &[]);
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["fixed_per_month", "prices_as_of", "volumes"]);
    let volumes = answer["volumes"].as_array().unwrap();
    let rows: Vec<&Value> = volumes.iter().map(|volume| &volume["rows_per_day"]).collect();
    assert_eq!(rows, [&json!(1_000), &json!(10_000), &json!(100_000)]);
    for volume in volumes {
        assert!(near(sum(&volume["lines"]), volume["variable_per_month"].as_f64().unwrap()), "{volume}");
    }
    assert!(answer["fixed_per_month"].as_f64().is_some_and(|fixed| fixed > 0.0), "{answer}");
}

#[test]
fn twice_the_prices_are_twice_the_sum() {
    let lineup = Lineup::new();
    let double = |price: &mut Value| price["dollars"] = (2.0 * price["dollars"].as_f64().unwrap()).into();
    let twice = prices(&lineup, |prices| prices.values_mut().for_each(double));
    let (once, twice) = (answer(&lineup, &[]), answer(&lineup, &["--prices", &twice]));
    for (once, twice) in once["volumes"].as_array().unwrap().iter().zip(twice["volumes"].as_array().unwrap())
    {
        let of = |volume: &Value| volume["variable_per_month"].as_f64().unwrap();
        assert!(near(2.0 * of(once), of(twice)), "{once} {twice}");
    }
    let fixed = |answer: &Value| answer["fixed_per_month"].as_f64().unwrap();
    assert!(near(2.0 * fixed(&once), fixed(&twice)));
}

#[test]
fn a_files_import_is_counted_from_its_rows() {
    let lineup = Lineup::new();
    for (sample, chunks) in [("lineup", 1), ("weekend", 1), ("bad-rows", 1)] {
        let folder = workspace().join("samples");
        let expected = fs::read_to_string(folder.join(format!("{sample}.expected.json"))).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let file = folder.join(format!("{sample}.csv"));
        let answer = answer(&lineup, &[file.to_str().unwrap()]);
        let import = &answer["import"];
        let readable =
            expected["rows"]["read"].as_u64().unwrap() - expected["rows"]["rejected"].as_u64().unwrap();
        assert_eq!((&import["rows"], &import["chunks"]), (&json!(readable), &json!(chunks)), "{answer}");
        assert!(near(sum(&import["lines"]), import["dollars"].as_f64().unwrap()));
        assert_eq!(answer["volumes"][0]["rows_per_day"], json!(readable));
        // What the table consumed when the sample was imported. A row that a later one replaces in its batch is
        // counted here, and was not written.
        let write_units = import["lines"][0]["quantity"].as_f64().unwrap();
        if expected["rows"]["replaced"] == 0 {
            assert_eq!(json!(write_units), expected["write_units"], "{sample}");
        } else {
            assert!(write_units > expected["write_units"].as_f64().unwrap(), "{sample}");
        }
        let cost = lineup.run(["check", file.to_str().unwrap(), "--json"]).stdout;
        let cost: Value = serde_json::from_str(&cost).unwrap();
        assert_eq!(cost["cost"]["dollars"], import["dollars"], "{sample}");
    }
    assert!(!lineup.data().exists(), "nothing was started");
}

#[test]
fn a_popularity_costs_a_write_unit_more_a_row() {
    let lineup = Lineup::new();
    let units = |args: &[&str]| answer(&lineup, args)["volumes"][0]["lines"][0]["quantity"].as_f64().unwrap();
    let volume = ["--rows-per-day", "1000"];
    assert_eq!(units(&[&volume[..], &["--popularity"]].concat()) - units(&volume), 30_000.0);
    let file = workspace().join("samples/lineup.csv");
    let file = file.to_str().unwrap();
    assert_eq!(units(&[file, "--popularity"]) - units(&[file]), 30.0 * 3.0);
}

#[test]
fn what_makes_no_sense_is_a_usage_error_that_says_what_to_do() {
    let lineup = Lineup::new();
    let misspelt = prices(&lineup, |prices| {
        prices.insert("DynamoDB/Writes".into(), json!({"dollars": 1, "per": "million"}));
    });
    let cases: [(&[&str], &str); 8] = [
        (&["--prices", &misspelt], "there is no line \"DynamoDB/Writes\" of the bill"),
        (&["--prices", "no/such.json"], "cannot use the prices in no/such.json"),
        (&["--rows-per-day", "many"], "this is no number of rows"),
        (&["--rows-per-day", "1000,-1"], "this is no number of rows"),
        (&["--rows-per-day", "0"], "this is no number of rows"),
        (&["--files-per-day", "0"], "0 is not in 1..=1000000"),
        (&["--rows-per-day", "5", "--files-per-day", "6"], "lower --files-per-day"),
        (&["no/such.csv"], "there is no such file"),
    ];
    for (args, why) in cases {
        let stderr = lineup.run([&["cost"], args].concat()).failed(2);
        assert!(stderr.contains(why), "{args:?}: {stderr}");
    }
    let missing = prices(&lineup, |prices| drop(prices.remove("KMS/KMS-Keys")));
    let stderr = lineup.run(["cost", "--prices", &missing]).failed(2);
    assert!(stderr.contains("no price of \"KMS/KMS-Keys\""), "{stderr}");
    let no_lineup = lineup.file("notes.csv", "a,b\n1,2\n");
    lineup.run(["cost", no_lineup.to_str().unwrap()]).failed(1);
}

/// The other tables of the page are compared in lineup-costs, by which the command answers.
#[test]
fn the_page_on_costs_shows_what_the_command_prints() {
    let page = fs::read_to_string(workspace().join("docs/costs.md")).unwrap();
    for command in ["lineup cost", "lineup cost --popularity"] {
        let (_, part) = page.split_once(&format!("<!-- {command} -->\n```text\n")).unwrap();
        let (shown, _) = part.split_once("```\n").unwrap();
        assert_eq!(Lineup::new().run(command.split(' ').skip(1)).succeeded(), shown, "{command}");
    }
}
