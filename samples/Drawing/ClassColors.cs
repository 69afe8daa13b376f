namespace Siamese.Samples.Drawing;

/// <summary>Colours that tell classes apart, for the colour-blind too.</summary>
public static class ClassColors
{
    /// <summary>Gets the ten colours, as #rrggbb, in their order.</summary>
    /// <remarks>The sequence of ten of Petroff, "Accessible Color Sequences for Data Visualization" (2021), arXiv:2107.02270.</remarks>
    public static IReadOnlyList<string> Hex { get; } =
    [
        "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
    ];

    /// <summary>Gets the grey of what belongs to no class, lighter than the two greys among the ten.</summary>
    public static string Unknown => "#c3c8ce";

    /// <summary>Gets the green of what is right.</summary>
    public static string Right => "#1a8754";

    /// <summary>Gets the red of what is wrong: it comes with a mark, since not everyone tells the two colours apart.</summary>
    public static string Wrong => Hex[2];

    /// <summary>Finds the colour of a class: after ten they begin again, with another <see cref="Shape"/>.</summary>
    /// <param name="index">From 0, or negative for what belongs to no class.</param>
    /// <returns>The colour as #rrggbb.</returns>
    public static string Of(int index) => index < 0 ? Unknown : Hex[index % Hex.Count];

    /// <summary>Finds the shape of a class's markers.</summary>
    /// <param name="index">From 0, or negative for what belongs to no class.</param>
    /// <returns>0 circle, 1 square, 2 triangle, 3 diamond, 4 triangle that points down, and again; -1, a cross, for no class.</returns>
    public static int Shape(int index) => index < 0 ? -1 : index / Hex.Count % 5;
}
