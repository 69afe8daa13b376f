using System.Runtime.CompilerServices;

namespace Siamese.Samples.Shared;

/// <summary>What figures and reports ask of their input.</summary>
internal static class Check
{
    public static void NotEmpty<T>(
        IReadOnlyCollection<T> values, string what, [CallerArgumentExpression(nameof(values))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count == 0)
        {
            throw new ArgumentException($"There are no {what}, but at least one is needed.", name);
        }
    }

    public static void SameCount(int expected, string expectedOf, int found, string foundOf, string name)
    {
        if (found != expected)
        {
            throw new ArgumentException($"There are {found:N0} {foundOf}, but {expected:N0} {expectedOf}: give one for each.", name);
        }
    }

    public static void Points(IReadOnlyList<PlanePoint> points, [CallerArgumentExpression(nameof(points))] string? name = null)
    {
        NotEmpty(points, "points", name);
        for (int i = 0; i < points.Count; i++)
        {
            if (!double.IsFinite(points[i].X) || !double.IsFinite(points[i].Y))
            {
                throw new ArgumentException(
                    $"Point {i} is ({points[i].X}, {points[i].Y}), which has no place in the plane. Leave it out.", name);
            }
        }
    }

    public static void Classes(
        IReadOnlyList<int> classes, int points, int names, [CallerArgumentExpression(nameof(classes))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(classes, name);
        SameCount(points, "points", classes.Count, "classes", name!);
        for (int i = 0; i < classes.Count; i++)
        {
            if (classes[i] < Figures.Unknown || classes[i] >= names)
            {
                throw new ArgumentException(
                    $"Point {i} is of class {classes[i]}, but the {names} class names go from 0 to {names - 1}; "
                    + $"{Figures.Unknown} is for unknown.",
                    name);
            }
        }
    }

    public static void NotNaN(IReadOnlyList<double> values, [CallerArgumentExpression(nameof(values))] string? name = null)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (double.IsNaN(values[i]))
            {
                throw new ArgumentException($"Value {i} of {values.Count:N0} is NaN. Leave it out, or find out what made it so.", name);
            }
        }
    }
}
