using System.Globalization;
using System.Reflection;

namespace Siamese.Training.Runs;

/// <summary>Says what a part of a recipe is: its type and its public properties, as in <c>TripletMarginLoss(Margin=0.3)</c>.</summary>
internal static class PartDescription
{
    public static string Of(object part)
    {
        IEnumerable<string> values = part.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanRead && property.GetIndexParameters().Length == 0)
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name}={Value(property.GetValue(part))}");
        string joined = string.Join(", ", values);
        return joined.Length == 0 ? part.GetType().Name : $"{part.GetType().Name}({joined})";
    }

    private static string Value(object? value) =>
        value switch
        {
            null => "none",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            string or bool => value.ToString()!,
            _ => Of(value),
        };
}
