using System.Globalization;

namespace Siamese.Training.Runs;

/// <summary>Writes what a part of a recipe is as text, as in <c>TripletMarginLoss(Margin=0.3, Reducer=NonZeroMeanReducer)</c>.</summary>
internal static class PartDescription
{
    /// <summary>Describes a part by its type and the settings that it names, alike in every culture.</summary>
    public static string Of(string type, params (string Name, object Value)[] settings) =>
        settings.Length == 0 ? type : $"{type}({string.Join(", ", settings.Select(setting => $"{setting.Name}={Invariant(setting.Value)}"))})";

    /// <summary>Asks a part for its description.</summary>
    /// <param name="part">The part.</param>
    /// <param name="option">The option that it is the value of, for messages.</param>
    /// <exception cref="ArgumentException">A part of the caller's own fails to describe itself.</exception>
    public static string Of(RecipePart part, string option)
    {
        try
        {
            return FieldDescription.Short(part.Description ?? throw new InvalidOperationException("It is null."));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new ArgumentException(
                $"{option} is a {part.GetType().Name} whose {nameof(RecipePart.Description)} failed: {exception.Message} Override it to return the type and its settings.",
                option,
                exception);
        }
    }

    private static string Invariant(object value) =>
        value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString()!;
}
