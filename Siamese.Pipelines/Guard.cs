using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Siamese.Pipelines;

/// <summary>The checks of our domain that the BCL's <c>ThrowIf…</c> lack. Each hands the value on.</summary>
internal static class Guard
{
    public static T AtLeast<T>(T value, T minimum, [CallerMemberName] string? name = null)
        where T : INumber<T>
    {
        // Written so that NaN fails too.
        if (!(value >= minimum))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}, but must be at least {minimum}.");
        }

        return value;
    }

    public static T Above<T>(T value, T bound, [CallerMemberName] string? name = null)
        where T : INumber<T>
    {
        if (!(value > bound))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}, but must be greater than {bound}.");
        }

        return value;
    }

    public static T InRange<T>(T value, T minimum, T maximum, [CallerMemberName] string? name = null)
        where T : INumber<T>
    {
        if (!(value >= minimum && value <= maximum))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}, but must be from {minimum} to {maximum}.");
        }

        return value;
    }

    public static T NotNull<T>([NotNull] T? value, [CallerMemberName] string? name = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    /// <summary>Checks that none of some values is null.</summary>
    public static IEnumerable<T> NoneNull<T>(IEnumerable<T> values, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(values, name);
        return Each();

        IEnumerable<T> Each()
        {
            int at = 0;
            foreach (T? value in values)
            {
                yield return value ?? throw new ArgumentException($"Item {at} of {name} is null. Leave it out.", name);
                at++;
            }
        }
    }

    public static string NotBlank(string value, [CallerMemberName] string? name = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, name);
        return value;
    }

    public static T Defined<T>(T value, [CallerMemberName] string? name = null)
        where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}, which is none of {string.Join(", ", Enum.GetNames<T>())}.");
}
