using System.Globalization;
using System.Numerics;

namespace Siamese.Pipelines.Evaluation;

/// <summary>The value of a label, whatever type its column has: a text, or a number. 3 is the same as an integer and as a float.</summary>
internal readonly record struct LabelValue
{
    private readonly string? _text;
    private readonly Int128 _whole;
    private readonly double _broken;

    private LabelValue(string? text, Int128 whole, double broken)
    {
        _text = text;
        _whole = whole;
        _broken = broken;
    }

    /// <summary>Gets whether the label is a text: one that reads "3" is not the number 3.</summary>
    public bool IsText => _text is not null;

    /// <summary>Gets whether the label is a text of no characters, which is what a missing key of text is mapped to.</summary>
    public bool IsEmptyText => _text is "";

    public static LabelValue Text(ReadOnlyMemory<char> text) => new(text.ToString(), 0, 0);

    /// <summary>Makes a label of a value that is neither text nor a number, such as a Boolean or a date, by its text.</summary>
    public static LabelValue Other<T>(T value)
        where T : IFormattable => new(value.ToString("O", CultureInfo.InvariantCulture), 0, 0);

    public static LabelValue Flag(bool value) => new(value ? bool.TrueString : bool.FalseString, 0, 0);

    public static LabelValue Whole<T>(T number)
        where T : IBinaryInteger<T> => new(null, Int128.CreateChecked(number), 0);

    public static LabelValue Float<T>(T number)
        where T : IBinaryFloatingPointIeee754<T>
    {
        // Below 2^100 an Int128 holds whichever whole number a float is.
        double value = double.CreateChecked(number);
        return double.IsInteger(value) && Math.Abs(value) < Math.ScaleB(1, 100)
            ? new LabelValue(null, (Int128)value, 0)
            : new LabelValue(null, 0, value);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        _text ?? (_broken == 0 ? _whole.ToString(CultureInfo.InvariantCulture) : _broken.ToString("R", CultureInfo.InvariantCulture));
}
