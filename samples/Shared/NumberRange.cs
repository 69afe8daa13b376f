using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Siamese.Samples.Shared;

/// <summary>Refuses numbers of a command line that are out of their range, before the command begins.</summary>
public static class NumberRange
{
    /// <summary>Lets an option take the numbers of a range only.</summary>
    /// <param name="option">The option.</param>
    /// <param name="least">The least number.</param>
    /// <param name="most">The greatest number.</param>
    /// <returns>The option.</returns>
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : INumber<T>
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && T.TryParse(result.Tokens[^1].Value, CultureInfo.InvariantCulture, out T? value))
            {
                Check(option.Name, value, least, most, result.AddError);
            }
        });
        return option;
    }

    /// <summary>Lets an option that may be left out take the numbers of a range only.</summary>
    /// <param name="option">The option.</param>
    /// <param name="least">The least number.</param>
    /// <param name="most">The greatest number.</param>
    /// <returns>The option.</returns>
    public static Option<T?> Within<T>(this Option<T?> option, T least, T most)
        where T : struct, INumber<T>
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && T.TryParse(result.Tokens[^1].Value, CultureInfo.InvariantCulture, out T value))
            {
                Check(option.Name, value, least, most, result.AddError);
            }
        });
        return option;
    }

    // Not "less or greater": a number that is none is neither.
    private static void Check<T>(string name, T value, T least, T most, Action<string> refuse)
        where T : INumber<T>
    {
        if (!(value >= least && value <= most))
        {
            refuse(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}, but must be from {least} to {most}."));
        }
    }
}
