using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    private const int MostBars = 40;

    /// <summary>Draws numbers by name as bars, such as photographs by person.</summary>
    /// <param name="names">The names, in the order of the bars from above; of more than 40 the last bar is the mean of all others.</param>
    /// <param name="values">As many, not negative.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="valueName">What was counted, such as "photographs".</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no bar, there are not as many names, or a value is negative or not finite.</exception>
    public static Figure Bars(IReadOnlyList<string> names, IReadOnlyList<double> values, string title, string valueName)
    {
        Check.NotEmpty(values, "values");
        ArgumentNullException.ThrowIfNull(names);
        Check.SameCount(values.Count, "values", names.Count, "names", nameof(names));
        for (int i = 0; i < values.Count; i++)
        {
            if (!(values[i] >= 0 && double.IsFinite(values[i])))
            {
                throw new ArgumentException($"The value of '{names[i]}' is {values[i]}, but must be 0 or more.", nameof(values));
            }
        }

        List<string> shown = [.. names];
        List<double> numbers = [.. values];
        string seen = $"{values.Sum():#,0.##} {valueName}, {Count(values.Count, "name", "names")}";
        if (values.Count > MostBars)
        {
            int others = values.Count - MostBars + 1;
            shown = [.. names.Take(MostBars - 1), $"each of {others:N0} others"];
            numbers = [.. values.Take(MostBars - 1), values.Skip(MostBars - 1).Average()];
            seen += $"; the last bar is the mean of the {others:N0} that are not shown";
        }

        string[] written = [.. numbers.Select(value => $"{value:#,0.##}")];
        string told = string.Join("; ", shown.Zip(written).Select(pair => $"{pair.First}: {pair.Second}"));
        return new Figure(BarPlot.Draw(new Heading(title, seen), shown, numbers, written), title, $"{title}: {seen}. {told}.");
    }
}
