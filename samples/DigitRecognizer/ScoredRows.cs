using Microsoft.ML;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>What a rejection says of some rows.</summary>
/// <param name="Name">What the rows are.</param>
/// <param name="Scores">Larger is more unknown.</param>
/// <param name="IsUnknown">Whether each is rejected.</param>
/// <param name="Predicted">What the classifier takes each for, from 0, were it known.</param>
/// <param name="IsRight">Whether that is its label; empty where the rows are of no class.</param>
internal sealed record ScoredRows(string Name, float[] Scores, bool[] IsUnknown, int[] Predicted, bool[] IsRight)
{
    public static ScoredRows Read(string name, IDataView rows, bool labelled)
    {
        // One pass: each reading of a column scores the rows anew.
        var scores = new List<float>();
        var flags = new List<bool>();
        var predicted = new List<int>();
        var right = new List<bool>();
        DataViewSchema.Column scoreColumn = rows.Schema["UnknownScore"];
        DataViewSchema.Column flagColumn = rows.Schema["IsUnknown"];
        DataViewSchema.Column predictedColumn = rows.Schema["ClosedSetLabel"];
        DataViewSchema.Column labelColumn = rows.Schema["Label"];
        using DataViewRowCursor cursor = rows.GetRowCursor(labelled ? [scoreColumn, flagColumn, predictedColumn, labelColumn] : [scoreColumn, flagColumn, predictedColumn]);
        ValueGetter<float> score = cursor.GetGetter<float>(scoreColumn);
        ValueGetter<bool> flag = cursor.GetGetter<bool>(flagColumn);
        ValueGetter<uint> prediction = cursor.GetGetter<uint>(predictedColumn);
        ValueGetter<uint>? label = labelled ? cursor.GetGetter<uint>(labelColumn) : null;
        while (cursor.MoveNext())
        {
            float value = 0;
            bool isUnknown = false;
            uint said = 0;
            uint isReally = 0;
            score(ref value);
            flag(ref isUnknown);
            prediction(ref said);
            label?.Invoke(ref isReally);
            scores.Add(value);
            flags.Add(isUnknown);
            predicted.Add((int)said - 1);
            if (labelled)
            {
                right.Add(said == isReally);
            }
        }

        return new ScoredRows(name, [.. scores], [.. flags], [.. predicted], [.. right]);
    }
}
