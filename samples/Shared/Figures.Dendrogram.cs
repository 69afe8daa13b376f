using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    private const int MostLeaves = 500;
    private const int MostLeafNames = 60;

    /// <summary>Draws the tree of an agglomerative clustering, leaves and pure branches in the colours of the classes.</summary>
    /// <param name="merges">The n − 1 merges of n leaves, in ascending order of distance: the rows of SciPy's linkage matrix.</param>
    /// <param name="classes">The class of each of the n leaves, from 0, or <see cref="Unknown"/>.</param>
    /// <param name="classNames">The classes' names.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="leafNames">The names of the n leaves, written beneath where there are 60 at the most; null for none.</param>
    /// <param name="cutDistance">Where the tree is cut, drawn as a dashed line; null for none.</param>
    /// <param name="distanceName">The label of the vertical axis.</param>
    /// <returns>The figure. Of more than 500 leaves the last 499 merges are drawn, and what is beneath them stands for a leaf.</returns>
    /// <exception cref="ArgumentException">There is no leaf, there are not n − 1 merges, or they make no tree.</exception>
    public static Figure Dendrogram(
        IReadOnlyList<TreeMerge> merges,
        IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames,
        string title,
        IReadOnlyList<string>? leafNames = null,
        double? cutDistance = null,
        string distanceName = "distance of the two clusters")
    {
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(classNames);
        Check.NotEmpty(classes, "leaves");
        Check.Classes(classes, classes.Count, classNames.Count);
        Check.SameCount(classes.Count - 1, "merges between the leaves", merges.Count, "merges", nameof(merges));
        if (leafNames is not null)
        {
            Check.SameCount(classes.Count, "leaves", leafNames.Count, "names", nameof(leafNames));
        }

        int leaves = classes.Count;
        int?[] pure = PureClasses(merges, classes);
        int hidden = Math.Max(0, leaves - MostLeaves);
        List<int> order = LeafOrder(merges, leaves, hidden);
        bool named = leafNames is not null && hidden == 0 && leaves <= MostLeafNames;
        TreeLeaf[] drawn =
        [
            .. order.Select(node => new TreeLeaf(
                named ? leafNames![node] : string.Empty, ColorOf(pure[node]), pure[node] is int index ? ClassColors.Shape(index) : 0)),
        ];
        int clusters = 1 + (cutDistance is { } cut ? merges.Count(merge => merge.Distance > cut) : 0);
        string seen = $"{Count(leaves, "leaf", "leaves")}; a branch has the colour of its class, or is black where it holds several";
        seen += cutDistance is null ? string.Empty : $"; cut at the dashed line into {Count(clusters, "cluster", "clusters")}";
        seen += hidden == 0 ? string.Empty : $"; only the last {merges.Count - hidden:N0} merges are drawn";
        var heading = new Heading(title, seen, Legend(Present(classes), classNames));
        return new Figure(
            TreePlot.Draw(heading, drawn, Branches(merges, leaves, hidden, order, pure), cutDistance, distanceName), title, $"{title}: {seen}.");
    }

    private static string ColorOf(int? index) => index is int found ? ClassColors.Of(found) : "#1f2328";

    /// <summary>Finds of each node the class of all leaves beneath it, or null where there are several.</summary>
    private static int?[] PureClasses(IReadOnlyList<TreeMerge> merges, IReadOnlyList<int> classes)
    {
        int leaves = classes.Count;
        var pure = new int?[leaves + merges.Count];
        var taken = new bool[pure.Length];
        for (int i = 0; i < leaves; i++)
        {
            pure[i] = classes[i];
        }

        for (int i = 0; i < merges.Count; i++)
        {
            foreach (int node in new[] { merges[i].First, merges[i].Second })
            {
                if (node < 0 || node >= leaves + i || taken[node])
                {
                    throw new ArgumentException(
                        $"Merge {i} joins {merges[i].First} and {merges[i].Second}, which is no tree: a cluster is made before it is joined, and joined once.", nameof(merges));
                }

                taken[node] = true;
            }

            pure[leaves + i] = pure[merges[i].First] == pure[merges[i].Second] ? pure[merges[i].First] : null;
        }

        return pure;
    }

    /// <summary>Gives the nodes that are drawn as leaves, from the left, so that no lines cross.</summary>
    private static List<int> LeafOrder(IReadOnlyList<TreeMerge> merges, int leaves, int hidden)
    {
        List<int> order = [];
        var open = new Stack<int>([leaves + merges.Count - 1]);
        while (open.TryPop(out int node))
        {
            if (node < leaves + hidden)
            {
                order.Add(node);
                continue;
            }

            open.Push(merges[node - leaves].Second);
            open.Push(merges[node - leaves].First);
        }

        return order;
    }

    private static List<TreeBranch> Branches(IReadOnlyList<TreeMerge> merges, int leaves, int hidden, List<int> order, int?[] pure)
    {
        var places = new Dictionary<int, (double Place, double Height)>();
        for (int i = 0; i < order.Count; i++)
        {
            places.Add(order[i], (i, order[i] < leaves ? 0 : merges[order[i] - leaves].Distance));
        }

        List<TreeBranch> branches = [];
        for (int i = hidden; i < merges.Count; i++)
        {
            (double left, double leftHeight) = places[merges[i].First];
            (double right, double rightHeight) = places[merges[i].Second];
            branches.Add(new TreeBranch(left, leftHeight, right, rightHeight, merges[i].Distance, ColorOf(pure[leaves + i])));
            places.Add(leaves + i, ((left + right) / 2, merges[i].Distance));
        }

        return branches;
    }
}
