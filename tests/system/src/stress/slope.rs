//! A straight line through points.

/// The slope of the line that is nearest to the points by least squares; `None` where no line is: fewer than two points,
/// or all of them at one place.
#[must_use]
pub(super) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = f64::from(u32::try_from(points.len()).ok()?);
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let joint: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    (points.len() > 1 && spread > 0.0).then(|| joint / spread)
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn the_slope_is_that_of_the_nearest_line() {
        assert_eq!(slope(&[(0.0, 5.0), (100.0, 5.0 + 2500.0)]), Some(25.0));
        // Worked by hand: means 1 and 2, joint deviation 3, spread 2.
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 1.0), (2.0, 4.0)]), Some(1.5));
        assert_eq!(slope(&[(3.0, 1.0), (3.0, 9.0)]), None);
        assert_eq!(slope(&[(3.0, 1.0)]), None);
        assert_eq!(slope(&[]), None);
    }
}
